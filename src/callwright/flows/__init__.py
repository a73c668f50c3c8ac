"""The flow language and its machine. Pure: no clock, no input or output, nothing else of ours."""
