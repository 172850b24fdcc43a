"""DVB bitmap subtitles (ETSI EN 300 743) in the feed's own transport stream."""

from streaming.delivery.dvb.config import DvbConfig, DvbTrack, dvb_track
from streaming.delivery.dvb.output import DvbOutput

__all__ = ["DvbConfig", "DvbOutput", "DvbTrack", "dvb_track"]
