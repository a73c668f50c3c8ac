"""Text to speech, and the audio files that a call plays."""
