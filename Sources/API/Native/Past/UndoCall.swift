internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// `POST /v1/kv/PATH?undo=REV`: brings what is at and below a path back to its state at a revision,
/// in one write.
///
/// What has to change is found by a read; the write carries it out only while the tree is as that
/// read saw it.
struct UndoCall {
    private enum Stage {
        case reading
        case writing(Request)
    }

    let root: Key
    private let base: ChangeBase
    /// What the client has seen, if it says so.
    private let condition: TreeWrite.Condition
    private let preconditions: WritePreconditions
    private var stage = Stage.reading

    init(
        _ root: Key,
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) {
        if root.isReserved { throw .reserved(root) }
        guard request.body.isEmpty else {
            throw .bad("An undo has no body: the values are those that history has.")
        }
        self.root = root
        base = try ChangeBase("undo", parameters: &parameters)
        condition = try Conditions(request).ofTree()
        preconditions = try WritePreconditions(request)
    }

    func start() -> NativeStep { .read }

    mutating func resume(
        _ resumption: Resumption,
        by principal: Principal,
        in keyspace: Keyspace
    ) throws(Problem) -> NativeStep {
        switch (resumption, stage) {
        case (.disconnected, _): return .finish
        case (.unreadable, .reading): throw .unreadable
        case (_, .reading):
            let request = preconditions.request(.writeTree(try write(keyspace)))
            stage = .writing(request)
            return .propose(request)
        case (.answered, .writing(let request)), (.unproposed, .writing(let request)):
            return .respond(
                try TreeCall.response(to: resumption, of: request, by: principal, in: keyspace)
            )
        case (_, .writing): return .goOn
        }
    }

    /// The edits that lead back, under the condition that nothing changed since.
    private func write(_ keyspace: Keyspace) throws(Problem) -> TreeWrite {
        let store = keyspace.store
        let range = KeyRange.subtree(root)
        let tag: TreeWrite.Tag
        let base = try base.revision(of: range, in: store)
        do { tag = try store.tag(of: range) } catch { throw Problem(error) }
        let byteCountMax = NativeExchange.bodyByteCountMax(keyspace.settings)
        var edits: [TreeWrite.Edit] = []
        var byteCount = 0
        var after: Key?
        repeat {
            let page: DifferencePage
            do {
                page = try store.differences(
                    in: range,
                    from: base,
                    to: store.revision,
                    after: after,
                    limit: .none
                )
            } catch { throw Problem(error) }
            for item in page.items {
                edits.append(item.undoing)
                byteCount += item.key.bytes.count + (item.before?.value.count ?? 0)
            }
            guard edits.count <= TreeWrite.editCountMax, byteCount <= byteCountMax else {
                throw Problem(
                    .tooLarge,
                    "Going back to revision \(base.rawValue) changes more than one write may: \(TreeWrite.editCountMax) keys and \(byteCountMax) bytes. Undo what lies below in parts."
                )
            }
            after = page.next
        } while after != nil
        return TreeWrite(
            root: root,
            edits: edits,
            mode: .merge,
            condition: condition.narrowed(to: tag)
        )
    }
}

extension KeyDifference {
    /// What makes of the later state of the key the earlier one.
    fileprivate var undoing: TreeWrite.Edit {
        before.map { .value(key, $0.value) } ?? .valueRemoval(key)
    }
}

extension TreeWrite.Condition {
    /// The same, and that the tree has this tag; what never holds where it does not admit that.
    fileprivate func narrowed(to tag: TreeWrite.Tag) -> TreeWrite.Condition {
        switch self {
        case .none: .oneOf([tag])
        case .exists: tag.keyCount > 0 ? .oneOf([tag]) : .exists
        case .absent: tag.keyCount == 0 ? .oneOf([tag]) : .absent
        case .oneOf(let tags): .oneOf(tags.contains(tag) ? [tag] : tags)
        }
    }
}
