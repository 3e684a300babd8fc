internal import Bytes

/// Connections that have something to send, each once.
///
/// Answers go out in the turn that has them; streams follow in slices, so that a change that a
/// hundred thousand watch does not hold up the heartbeats of the cluster.
struct FlushQueue<Spoken: Conversation> {
    private var answers: [ClientConnection<Spoken>] = []
    private var streams = Queue<ClientConnection<Spoken>>(keptCountMax: 16)

    var isEmpty: Bool { answers.isEmpty && streams.isEmpty }

    /// Lists a connection; nothing happens when it is listed already.
    mutating func list(_ connection: ClientConnection<Spoken>) {
        guard connection.flush == .none, !connection.isClosed else { return }
        connection.flush = .listed
        if connection.nextCall?.isStream == true {
            streams.append(connection)
        } else {
            answers.append(connection)
        }
    }

    /// All that have answers to send.
    mutating func takeAnswers() -> [ClientConnection<Spoken>] {
        var taken: [ClientConnection<Spoken>] = []
        swap(&taken, &answers)
        for connection in taken { connection.flush = .none }
        return taken
    }

    /// The stream that has waited longest.
    mutating func takeStream() -> ClientConnection<Spoken>? {
        let connection = streams.popFirst()
        connection?.flush = .none
        return connection
    }
}
