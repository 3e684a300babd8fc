// The first file of this suite; its rules follow.
