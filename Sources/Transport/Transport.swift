// The first file of this room; its nouns follow.
