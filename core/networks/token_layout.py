"""How sampled colors are laid out, and the constants that the set network and its numpy twin share."""

from __future__ import annotations

NUM_TOKEN_VALUES = 12
LAB = slice(0, 3)
PLACE = slice(3, 5)  # y, x as parts of the photo's size
PLACE_KNOWN = slice(5, 6)
REGIONS = slice(6, 11)  # subject, face, skin, hair, cloth
REGIONS_KNOWN = slice(11, 12)

LAB_MEAN = (50.0, 5.0, 8.0)
LAB_UNIT = (25.0, 18.0, 18.0)  # how far colors of portraits spread
MIDDLE = (0.47, 0.5)  # (y, x) where a portrait's face mostly is
MIDDLE_WIDTH = (0.17, 0.14)

TOKEN_SIZE = 16  # numbers that the photo encoder sees of a color
NUM_REGION_GROUPS = 4  # skin, hair, cloth, backdrop
CELLS = 6  # places a side, for what a set shows where
NUM_PLACES = CELLS * CELLS * 6  # Lab of the subject and of the backdrop
MIX_SHARES = (0.0, 0.35, 0.7, 1.0)  # of the content's own moments in the source of a transport
NUM_MAPS = 1 + len(MIX_SHARES) + 2 + 3  # identity, mixes, regions balanced, lightness alone, three from people at large
CURVE_SHARES = (0.0, 0.35, 1.0)  # the same of the source of curves by channel
NUM_CURVES = len(CURVE_SHARES) + 1  # the last from people at large
NUM_BINS = 32  # of a channel's histogram
HISTOGRAM_FLOOR = 1e-4  # share of all colors that a histogram spreads evenly
CURVE_ENDS = 0.002  # share of colors at each end of a channel that curves leave out
NUM_SET_FACTS = 10 + 5 * NUM_REGION_GROUPS
NUM_FACTS = (NUM_SET_FACTS + 7) + (NUM_SET_FACTS + 2) + NUM_SET_FACTS

COVARIANCE_FLOOR = 0.5  # Lab, added to variances: a set of one color is still a set
SHARE_FLOOR = 0.01  # of a region that counts as there
GRAY_CHROMA = 2.0  # Lab: what is left of a print's chroma beside its tint, from JPEG and scanning
