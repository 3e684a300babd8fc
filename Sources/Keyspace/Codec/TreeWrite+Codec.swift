internal import Bytes

/// The tag byte of each edit of a tree. A number is never given another meaning.
private enum EditTag: UInt8 {
    case value = 0
    case leaf = 1
    case directory = 2
    case removal = 3
    case valueRemoval = 4
}

/// The tag byte of each condition of a tree.
private enum TreeConditionTag: UInt8 {
    case none = 0
    case exists = 1
    case absent = 2
    case oneOf = 3
}

extension TreeWrite {
    func encode(into output: inout [UInt8]) {
        output.append(root)
        output.append(mode)
        condition.encode(into: &output)
        output.append(counted: edits) { edit, output in edit.encode(into: &output) }
    }
}

extension TreeWrite.Condition {
    fileprivate func encode(into output: inout [UInt8]) {
        switch self {
        case .none: output.append(TreeConditionTag.none)
        case .exists: output.append(TreeConditionTag.exists)
        case .absent: output.append(TreeConditionTag.absent)
        case .oneOf(let tags):
            output.append(TreeConditionTag.oneOf)
            output.append(counted: tags) { tag, output in output.append(tag) }
        }
    }
}

extension TreeWrite.Edit {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(tag)
        output.append(key)
        switch self {
        case .value(_, let value), .leaf(_, let value): output.append(lengthPrefixed: value)
        case .directory, .removal, .valueRemoval: break
        }
    }

    private var tag: EditTag {
        switch self {
        case .value: .value
        case .leaf: .leaf
        case .directory: .directory
        case .removal: .removal
        case .valueRemoval: .valueRemoval
        }
    }
}

extension [UInt8] {
    mutating func append(_ tag: TreeWrite.Tag) {
        append(tag.modRevision)
        append(varint: tag.keyCount)
    }
}

extension ByteReader {
    mutating func readTreeWrite() throws(DecodingError) -> TreeWrite {
        let root = try readPath()
        let mode = try readCase(TreeWrite.Mode.self)
        let condition = try readTreeCondition()
        let edits = try readCounted(countMax: TreeWrite.editCountMax) {
            reader throws(DecodingError) in try reader.readEdit()
        }
        return TreeWrite(root: root, edits: edits, mode: mode, condition: condition)
    }

    private mutating func readTreeCondition() throws(DecodingError) -> TreeWrite.Condition {
        switch try readCase(TreeConditionTag.self) {
        case .none: .none
        case .exists: .exists
        case .absent: .absent
        case .oneOf:
            .oneOf(
                try readCounted(countMax: TreeWrite.Tag.countMax) {
                    reader throws(DecodingError) in try reader.readTreeTag()
                }
            )
        }
    }

    mutating func readTreeTag() throws(DecodingError) -> TreeWrite.Tag {
        TreeWrite.Tag(modRevision: try readRevision(), keyCount: try readVarint())
    }

    private mutating func readEdit() throws(DecodingError) -> TreeWrite.Edit {
        switch try readCase(EditTag.self) {
        case .value: .value(try readPath(), try readValue())
        case .leaf: .leaf(try readPath(), try readValue())
        case .directory: .directory(try readPath())
        case .removal: .removal(try readPath())
        case .valueRemoval: .valueRemoval(try readPath())
        }
    }
}
