"""Every path of the native door, in one list."""

from api.dialects.native.resources.backbones import BackboneItem, BackboneList
from api.dialects.native.resources.channels import ChannelItem, ChannelList
from api.dialects.native.resources.classifications import JobClassifications
from api.dialects.native.resources.classifiers import (
    ClassifierConfusion,
    ClassifierEvaluation,
    ClassifierItem,
    ClassifierList,
    ClassifierModel,
)
from api.dialects.native.resources.events import JobEvents
from api.dialects.native.resources.frames import MediaFrames
from api.dialects.native.resources.house import KindList, Myself, WorkerList
from api.dialects.native.resources.job import Cancel, JobItem
from api.dialects.native.resources.job_channels import JobChannels
from api.dialects.native.resources.jobs import JobList, Rerun
from api.dialects.native.resources.media import MediaContent, MediaItem, MediaList
from api.dialects.native.resources.ranges import ChannelRange
from api.dialects.native.resources.results import JobAttempts, JobOutput, JobProvenance, ResultItem
from api.dialects.native.resources.samples import DeviceSamples, SampleUploadItem, SampleUploadList
from api.dialects.native.resources.shares import ShareList
from api.dialects.native.resources.source_images import SourceImage, SourceImages
from api.dialects.native.resources.source_labels import SourceLabel, SourceLabels
from api.dialects.native.resources.source_points import SourcePoints
from api.dialects.native.resources.sources import SourceItem, SourceList, SourceMember, SourceMembers
from api.dialects.native.resources.tiles import ChannelTile
from api.dialects.native.resources.training import SourceClassifiers, SourceFeatures, SourceTraining
from api.dialects.native.resources.uploads import UploadCompletion, UploadItem
from api.services import Services
from api.typed import Resource

Routes = list[tuple[str, Resource]]


def routes(services: Services) -> Routes:
    """Return path and resource, in the order in which the documentation tells them."""
    return [
        ("/v1/media", MediaList(services)),
        ("/v1/media/{media:id}", MediaItem(services)),
        ("/v1/media/{media:id}/content", MediaContent(services)),
        ("/v1/media/{media:id}/frames", MediaFrames(services)),
        ("/v1/uploads/{upload:id}", UploadItem(services)),
        ("/v1/uploads/{upload:id}/complete", UploadCompletion(services)),
        ("/v1/jobs", JobList(services)),
        ("/v1/jobs/{job:id}", JobItem(services)),
        ("/v1/jobs/{job:id}/cancel", Cancel(services)),
        ("/v1/jobs/{job:id}/rerun", Rerun(services)),
        ("/v1/jobs/{job:id}/result", ResultItem(services)),
        ("/v1/jobs/{job:id}/outputs/{name}", JobOutput(services)),
        ("/v1/jobs/{job:id}/attempts", JobAttempts(services)),
        ("/v1/jobs/{job:id}/provenance", JobProvenance(services)),
        ("/v1/jobs/{job:id}/events", JobEvents(services)),
        ("/v1/jobs/{job:id}/channels", JobChannels(services)),
        ("/v1/jobs/{job:id}/classifications", JobClassifications(services)),
        ("/v1/channels", ChannelList(services)),
        ("/v1/channels/{device}/samples", DeviceSamples(services)),
        ("/v1/channels/{device}/uploads", SampleUploadList(services)),
        ("/v1/channels/{device}/uploads/{upload:id}", SampleUploadItem(services)),
        ("/v1/channels/{device}.{channel}", ChannelItem(services)),
        ("/v1/channels/{device}.{channel}/tiles/{level}.{offset}", ChannelTile(services)),
        ("/v1/channels/{device}.{channel}/samples", ChannelRange(services)),
        ("/v1/shares", ShareList(services)),
        ("/v1/sources", SourceList(services)),
        ("/v1/sources/{source:id}", SourceItem(services)),
        ("/v1/sources/{source:id}/labels", SourceLabels(services)),
        ("/v1/sources/{source:id}/labels/{label:id}", SourceLabel(services)),
        ("/v1/sources/{source:id}/images", SourceImages(services)),
        ("/v1/sources/{source:id}/images/{image:id}", SourceImage(services)),
        ("/v1/sources/{source:id}/points", SourcePoints(services)),
        ("/v1/sources/{source:id}/members", SourceMembers(services)),
        ("/v1/sources/{source:id}/members/{name}", SourceMember(services)),
        ("/v1/sources/{source:id}/features", SourceFeatures(services)),
        ("/v1/sources/{source:id}/train", SourceTraining(services)),
        ("/v1/sources/{source:id}/classifiers", SourceClassifiers(services)),
        ("/v1/classifiers", ClassifierList(services)),
        ("/v1/classifiers/{classifier:id}", ClassifierItem(services)),
        ("/v1/classifiers/{classifier:id}/evaluation", ClassifierEvaluation(services)),
        ("/v1/classifiers/{classifier:id}/confusion", ClassifierConfusion(services)),
        ("/v1/classifiers/{classifier:id}/model", ClassifierModel(services)),
        ("/v1/backbones", BackboneList(services)),
        ("/v1/backbones/{backbone:id}", BackboneItem(services)),
        ("/v1/kinds", KindList(services)),
        ("/v1/workers", WorkerList(services)),
        ("/v1/me", Myself(services)),
    ]
