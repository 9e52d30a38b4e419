"""Tell what is seen at points of pictures: `train_on_pictures` makes a classifier, `Classifier` puts it to work."""

from pipelines.classify.bank import BANK as BANK
from pipelines.classify.bank import bank_network as bank_network
from pipelines.classify.classifier import Classifier as Classifier
from pipelines.classify.dataset import Dataset as Dataset
from pipelines.classify.dataset import LabelInfo as LabelInfo
from pipelines.classify.dataset import LabelledImage as LabelledImage
from pipelines.classify.features import Features as Features
from pipelines.classify.features import describe as describe
from pipelines.classify.grid import grid_points as grid_points
from pipelines.classify.manifest import Manifest as Manifest
from pipelines.classify.model_file import describe_model as describe_model
from pipelines.classify.model_file import embed as embed
from pipelines.classify.network import Network as Network
from pipelines.classify.overlay import draw_overlay as draw_overlay
from pipelines.classify.picture import read_picture as read_picture
from pipelines.classify.survey import train_on_pictures as train_on_pictures
from pipelines.classify.train import Trained as Trained
from pipelines.classify.train import train_classifier as train_classifier
