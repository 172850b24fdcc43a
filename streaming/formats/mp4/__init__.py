"""ISO base media files (ISO/IEC 14496-12) in fragments, for DASH, CMAF and HLS."""
