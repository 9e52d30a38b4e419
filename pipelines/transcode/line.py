"""An encoder with a thread of its own, fed through a short queue."""

from queue import Empty, Full, Queue
from threading import Event, Thread

from av.video.frame import VideoFrame

from pipelines.transcode.encoder import Encoder

DEPTH = 4  # frames that wait: enough that a slow picture holds nobody up, few enough to bound memory
_WAIT_SECONDS = 0.1

_Item = tuple[int, VideoFrame, bool]


class Line:
    """Encodes beside the decoder and the other lines."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._inbox: Queue[_Item | None] = Queue(DEPTH)
        self._is_given_up = Event()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, number: int, frame: VideoFrame, *, is_key: bool) -> None:
        """Hand over a frame, waiting while too many are; raises what the encoder raised."""
        self._put((number, frame, is_key))

    def finish(self) -> None:
        """Wait until all is encoded and written; raises what the encoder raised."""
        self._put(None)
        self._thread.join()
        self._raise()

    def give_up(self) -> None:
        """End without writing what waits."""
        self._is_given_up.set()
        self._thread.join()

    def _put(self, item: _Item | None) -> None:
        while True:
            self._raise()
            try:
                self._inbox.put(item, timeout=_WAIT_SECONDS)
            except Full:
                continue
            return

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._encode()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for this one
            self._error = error
        finally:
            self._encoder.close()

    def _encode(self) -> None:
        while not self._is_given_up.is_set():
            try:
                item = self._inbox.get(timeout=_WAIT_SECONDS)
            except Empty:
                continue
            if item is None:
                self._encoder.finish()
                return
            number, frame, is_key = item
            self._encoder.add(number, frame, is_key=is_key)
