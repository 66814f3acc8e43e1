"""Events as they come: whoever subscribes is woken by the database, or asks it again."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription

if TYPE_CHECKING:
    from journey.storage.database import Bell
    from journey.storage.recorder import Recorder


class FactsSubscription(Subscription[ApplicationRecorder]):
    """Events after a position, as they come. Other processes write to the store too."""

    page = 500

    def __init__(self, recorder: Recorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._bell: Bell = recorder.database.bell(recorder.engine)
        self._hearing = Lock()
        self._page_left: list[Notification] = []

    def __next__(self) -> Notification:
        """The next event; waits for it, and ends when the subscription is stopped."""
        while not self._has_been_stopped:
            if not self._page_left:
                self._page_left = list(reversed(self._next_page()))
            if self._page_left:
                notification = self._page_left.pop()
                self._last_notification_id = notification.id
                return notification
            with self._hearing:
                self._bell.wait()
        self._close()
        raise StopIteration

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        self._close()

    def _close(self) -> None:
        with self._hearing:
            self._bell.close()

    def _next_page(self) -> Sequence[Notification]:
        return self._recorder.select_notifications(
            start=self._last_notification_id,
            limit=self.page,
            topics=self._topics,
            inclusive_of_start=False,
        )
