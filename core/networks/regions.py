REGIONS=("subject","face","skin","hair","cloth")
def predict_regions(p): raise NotImplementedError
