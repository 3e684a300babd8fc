internal import API
internal import Wire

extension HTTPConversation {
    /// What has to be known of one request, or of a batch, to write its answer.
    struct Reply {
        /// What it may be under way together with.
        let pipelining: PipelineClass
        /// How many answers it has.
        let requestCount: Int
        /// Bytes of its bodies.
        let byteCount: Int
        private var writer: ResponseWriter

        init(to item: Backlog.Item, pipelining: PipelineClass) {
            self.pipelining = pipelining
            requestCount = item.requestCount
            byteCount = item.byteCount
            writer =
                switch item {
                case .request(let request): ResponseWriter(for: request)
                case .batch: .continuing
                case .refusal: .closing
                }
        }

        /// What writes or reads keys holds no lock and waits for none.
        var mayKeepPlace: Bool { pipelining == .alone }

        mutating func write(
            _ response: HTTPResponse,
            date: HTTPDate,
            into output: inout [UInt8]
        ) -> Continuation {
            writer.append(response, date: date, to: &output)
            return continuation
        }

        mutating func writeHead(
            _ response: HTTPResponse,
            date: HTTPDate,
            into output: inout [UInt8]
        ) {
            writer.append(response, date: date, to: &output)
        }

        func writePiece(_ bytes: [UInt8], into output: inout [UInt8]) {
            writer.appendChunk(bytes, to: &output)
        }

        func writeEnd(into output: inout [UInt8]) -> Continuation {
            writer.appendEnd(to: &output)
            return continuation
        }

        private var continuation: Continuation {
            switch writer.persistence {
            case .keepAlive: .goesOn
            case .close: .ends
            }
        }
    }
}
