internal import Backup
internal import Bytes
internal import Keyspace
internal import Wire

/// `GET /v1/snapshot`: the whole state at one revision, as a backup, in bounded pieces that are drawn
/// on another thread. The member goes on meanwhile; what it changes copies, once, what the backup
/// has not told yet.
///
/// What is replaced while a backup is read stays in memory until that is over, however slowly its
/// client reads; so a member gives few at a time.
struct BackupCall {
    /// How many are read from a member at a time.
    private static let countMax = 2
    /// When somebody who was turned away is to come again: a backup takes seconds at least.
    private static let retryAfterSeconds: UInt64 = 5

    private enum State {
        /// A round through the leader: the backup holds everything that was acknowledged before.
        case asking
        /// Which cluster it is.
        case naming
        case streaming(BackupDrawing)
        /// Its next piece is being drawn.
        case drawing
    }

    private var state = State.asking

    func start() -> NativeStep { .read }

    mutating func resume(
        _ resumption: Resumption,
        in keyspace: Keyspace
    ) throws(Problem) -> NativeStep {
        switch (state, resumption) {
        case (.asking, .readable):
            state = .naming
            return .describe
        case (.asking, .unreadable): throw .unreadable
        case (.naming, .described(let report)):
            guard report.figures.keptStateCount < Self.countMax else { throw Self.tooMany }
            let header = BackupHeader(of: keyspace, cluster: report.cluster)
            state = .streaming(BackupDrawing(header, of: keyspace.freeze()))
            return .stream(Self.head(header))
        case (.drawing, .worked(.backup(let drawing))):
            state = .streaming(drawing)
            return .goOn
        // What it keeps is for the shell to let go.
        case (_, .disconnected): return .finish
        default: return .goOn
        }
    }

    /// The state that it keeps, unless that is away to be drawn.
    var keptState: FrozenKeyspace? {
        if case .streaming(let drawing) = state { drawing.state } else { nil }
    }

    mutating func nextChunk() -> NativePiece {
        guard case .streaming(var drawing) = state else { return .end([]) }
        // What is taken out is changed in place.
        state = .drawing
        guard let piece = drawing.takePiece() else { return .step(.work(.backup(drawing))) }
        let isWhole = drawing.isWhole
        state = .streaming(drawing)
        return isWhole ? .end(piece) : .bytes(piece)
    }

    /// HEAD of it: nothing is frozen for that.
    static let bareHead: HTTPResponse = {
        var headers = HeaderFields()
        headers.append("Content-Type", value: "application/vnd.roost.backup")
        return HTTPResponse(status: 200, headers: headers, body: .bytes([]))
    }()

    private static var tooMany: Problem {
        var problem = Problem(
            .tooManyRequests,
            "\(countMax) backups are read from this member already; ask another one, or try again."
        )
        problem.retryAfterSeconds = retryAfterSeconds
        return problem
    }

    private static func head(_ header: BackupHeader) -> HTTPResponse {
        var headers = HeaderFields()
        headers.append("Content-Type", value: "application/vnd.roost.backup")
        var disposition = [UInt8]("attachment; filename=\"roost-")
        disposition.append(decimal: header.revision)
        disposition.append(".backup\"")
        headers.append("Content-Disposition", value: disposition)
        return HTTPResponse(status: 200, headers: headers, body: .stream)
    }
}
