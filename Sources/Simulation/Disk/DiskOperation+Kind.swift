internal import Journal

extension DiskOperation {
    /// Whether it changes what a file is called.
    var isRenaming: Bool {
        switch self {
        case .rename, .remove: true
        case .write, .sync, .create, .syncDirectory, .read: false
        }
    }

    /// Whether it takes something away that a start may need.
    var isRemoving: Bool {
        switch self {
        case .remove: true
        case .write, .sync, .create, .rename, .syncDirectory, .read: false
        }
    }

    /// Whether it writes a snapshot that comes from elsewhere; own ones are no batches.
    var isOfDraft: Bool {
        if case .write(.snapshotDraft, _, _) = self { true } else { false }
    }

    var isWriting: Bool {
        switch self {
        case .write, .sync, .create, .syncDirectory: true
        case .rename, .remove, .read: false
        }
    }

    /// Whether it needs space that the file does not have yet.
    var isGrowing: Bool {
        switch self {
        case .create: true
        case .write(.snapshotDraft, _, _): true
        case .write, .sync, .rename, .remove, .syncDirectory, .read: false
        }
    }
}
