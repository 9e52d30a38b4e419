"""Sensor streams: channels and who may read them, uploads, and the manifest that says what each version consists of."""

from storage.streams.channels import Channel as Channel
from storage.streams.channels import create_channel as create_channel
from storage.streams.channels import delete_channel as delete_channel
from storage.streams.channels import find_channel as find_channel
from storage.streams.channels import find_channels as find_channels
from storage.streams.channels import get_channel as get_channel
from storage.streams.channels import may_read as may_read
from storage.streams.channels import owners_for as owners_for
from storage.streams.channels import page_of_channels as page_of_channels
from storage.streams.channels import set_metadata as set_metadata
from storage.streams.channels import set_style as set_style
from storage.streams.channels import share as share
from storage.streams.channels import shares_of as shares_of
from storage.streams.channels import unshare as unshare
from storage.streams.forms import Encoding as Encoding
from storage.streams.forms import Form as Form
from storage.streams.forms import Format as Format
from storage.streams.forms import Tracked as Tracked
from storage.streams.uploads import Means as Means
from storage.streams.uploads import Upload as Upload
from storage.streams.uploads import find_uploads as find_uploads
from storage.streams.uploads import get_upload as get_upload
from storage.streams.uploads import undo as undo
from storage.streams.uploads import upload as upload
from storage.streams.uploads import upload_output as upload_output
