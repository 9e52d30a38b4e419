"""What S3 and its clients say when something is wrong, in the words of the house."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from darkroom.errors import Conflict, DarkroomError, Invalid, NotFound, Unavailable

_DOUBTED_KEYS = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "403"}


@contextmanager
def s3_faults(name: str) -> Iterator[None]:
    """Turn what boto3, minio and urllib3 raise inside into ours: NotFound, Invalid, Conflict or Unavailable."""
    try:
        yield
    except ClientError as error:
        raise _told(error.response.get("Error", {}).get("Code", ""), str(error), name) from error
    except S3Error as error:
        raise _told(error.code or "", str(error), name) from error
    except (BotoCoreError, MinioException, HTTPError) as error:
        raise Unavailable(f"S3 does not answer for {name}: {error}") from error


def _told(code: str, said: str, name: str) -> DarkroomError:
    match code:
        case "NoSuchKey" | "NoSuchUpload" | "NotFound" | "404":
            return NotFound(f"there is no blob or upload {name}")
        case "BadDigest" | "InvalidDigest":
            return Invalid("the bytes have another MD5 than announced", where="md5")
        case "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" | "MalformedXML":
            return Invalid(f"these parts do not make a whole: {code}", where="parts")
        case "InvalidRange" | "416":
            return Invalid(f"the range begins beyond the end of {name}", where="Range")
        case "PreconditionFailed" | "412":
            return Conflict(f"{name} was changed meanwhile", hint="try again")
        case "NoSuchBucket":
            advice = "the bucket does not exist; make it, or set DARKROOM_S3_BUCKET"
        case _ if code in _DOUBTED_KEYS:
            advice = "our keys are refused; see DARKROOM_S3_ACCESS_KEY and DARKROOM_S3_SECRET_KEY"
        case _:
            advice = "see the log of the service"
    return Unavailable(f"S3 does not serve {name} ({said}): {advice}")
