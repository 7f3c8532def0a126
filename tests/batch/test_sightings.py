"""What is seen in a watched folder."""

import sys
from pathlib import Path

import pytest
from portrait_atelier.core.batch.sightings import Sightings


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is of Linux")
def test_the_end_of_listening_is_not_called_an_error(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with Sightings(tmp_path, list, scan_seconds=60) as sightings:
        sightings.wait(0)
        assert sightings._observer is not None
        (emitter,) = sightings._observer.emitters
    emitter.queue_events(0.1)  # as a thread that was about to read when it was stopped
    assert caplog.records == []
