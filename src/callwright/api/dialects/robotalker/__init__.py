"""RoboTalker's POST API, and the pages that its clients use beside it."""
