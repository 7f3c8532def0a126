"""The layout of color tokens, and the constants that the set network and its numpy version share."""

from __future__ import annotations

NUM_TOKEN_VALUES = 12
LAB = slice(0, 3)
PLACE = slice(3, 5)  # y, x as parts of the photo's size
PLACE_KNOWN = slice(5, 6)
REGIONS = slice(6, 11)  # subject, face, skin, hair, cloth
REGIONS_KNOWN = slice(11, 12)

LAB_MEAN = (50.0, 5.0, 8.0)
LAB_UNIT = (25.0, 18.0, 18.0)  # typical deviation of the colors of portraits
MIDDLE = (0.47, 0.5)  # (y, x) where a portrait's face mostly is
MIDDLE_WIDTH = (0.17, 0.14)

TOKEN_SIZE = 16  # features of a color in the photo encoder
NUM_REGION_GROUPS = 4  # skin, hair, cloth, backdrop
CELLS = 6  # cells a side, for the mean colors by position
NUM_PLACES = CELLS * CELLS * 6  # Lab of the subject and of the backdrop
MIX_SHARES = (0.0, 0.35, 0.7, 1.0)  # shares of the content's own moments in the source of a transport
NUM_MAPS = 1 + len(MIX_SHARES) + 2 + 3  # identity, mixes, regions balanced, lightness alone, three from people at large
CURVE_SHARES = (0.0, 0.35, 1.0)  # the same in the source of curves by channel
NUM_CURVES = len(CURVE_SHARES) + 1  # the last one from people at large
NUM_BINS = 32  # of a channel's histogram
HISTOGRAM_FLOOR = 1e-4  # share of all colors that is spread evenly over a histogram
CURVE_ENDS = 0.002  # share of colors at each end of a channel that curves leave out
NUM_SET_FACTS = 10 + 5 * NUM_REGION_GROUPS
NUM_FACTS = (NUM_SET_FACTS + 7) + (NUM_SET_FACTS + 2) + NUM_SET_FACTS

COVARIANCE_FLOOR = 0.5  # Lab squared, added to variances, so that a set of one color has a covariance
SHARE_FLOOR = 0.01  # smallest share of a region that counts as present
GRAY_CHROMA = 2.0  # Lab: largest residual chroma of a black-and-white print beside its tint, from JPEG and scanning

# Of the ground network.
GROUND_PARTS = ("subject", "ground")
GROUND_SCALE = 10.0  # Lab units of the decoder's output
GROUND_SHARES = (0.0, 0.35)  # shares of the content's own moments in the source of a transport
CERTAIN_SHARE = 0.8  # of a region from which a color begins to count as certainly of it
CERTAIN_FLOOR = 1e-3  # smallest share of certain colors that counts
MAX_ALONE = 256  # colors of a photo that show its subject alone, or its ground
ALONE_FLOOR = 1e-6  # weight of a color that is not of the region, so that each photo has some
VARIANCE_FLOOR = 0.05  # Lab squared, added to the variances within photos before their logarithm
