internal import Bytes
internal import Platform
internal import RoostClient
internal import TLS
internal import Wire

/// The members that a benchmark asks.
struct Target {
    /// One member.
    struct Place {
        let endpoint: ServiceAddress
        let address: SocketAddress
        /// What TLS is spoken with; nil where there is none.
        let security: (context: TLSContext, host: String)?
        /// The `Host` field of requests to it.
        let authority: [UInt8]

        init(_ endpoint: ServiceAddress) throws(Failure) {
            self.endpoint = endpoint
            do {
                guard let address = try endpoint.place.resolve().first else {
                    throw Failure.local("\(endpoint) has no address")
                }
                self.address = address
            } catch let error as ResolutionError {
                throw .local("cannot find \(error)")
            } catch let error as Failure { throw error } catch { throw .local("\(error)") }
            authority = endpoint.place.hostField
            do throws(TLSMaterialFault) {
                security = try endpoint.context().map { ($0, endpoint.serverName) }
            } catch { throw .local("\(endpoint): TLS: \(error)") }
        }
    }

    /// The pause between two rounds of asking for a leader.
    private static let pauseMilliseconds: UInt64 = 50
    /// How long one member may take to say what it is.
    private static let answerMilliseconds: UInt64 = 1000

    let places: [Place]
    /// Which of them leads.
    let leader: Int

    /// The null server of this process, which leads nothing.
    init(server: ServiceAddress) throws(Failure) {
        places = [try Place(server)]
        leader = 0
    }

    /// Asks the members of a service which of them leads; goes on until one does.
    init(_ service: Service) throws(Failure) {
        var places: [Place] = []
        let members = service.members
        for member in members { places.append(try Place(member)) }
        self.places = places
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: service.timeoutMilliseconds)
        while true {
            var evidence: [String] = []
            if let leader = try Self.leader(of: members, evidence: &evidence) {
                self.leader = leader
                return
            }
            guard Clock.monotonicNow() < deadline, evidence.count < places.count else {
                guard evidence.isEmpty else {
                    throw .client(.unreachable(.none, evidence: evidence))
                }
                throw .local(
                    "none of the endpoints leads; name every member with --endpoints, or take "
                        + "--all-endpoints"
                )
            }
            Pause.until(Clock.monotonicNow().advanced(byMilliseconds: Self.pauseMilliseconds))
        }
    }

    /// The endpoint that says it leads, in the highest term where two do.
    ///
    /// - Throws: where a member asks who we are, and does not take what it is told.
    private static func leader(
        of endpoints: [ServiceAddress],
        evidence: inout [String]
    ) throws(Failure) -> Int? {
        var found: (endpoint: Int, term: UInt64)?
        for (number, endpoint) in endpoints.enumerated() {
            let client = Client(endpoints: [endpoint])
            let deadline = Clock.monotonicNow().advanced(byMilliseconds: answerMilliseconds)
            switch client.result(of: .read(Array("/v1/status".utf8)), until: deadline) {
            case .success(let reply) where reply.status == 401: throw .answer(reply)
            case .success(let reply):
                guard reply.json?["role"]?.string?.equals("leader") == true else { continue }
                let term = reply.json?["term"]?.whole ?? 0
                if found.map({ $0.term < term }) ?? true { found = (number, term) }
            case .failure(let error): evidence.append("\(endpoint): \(error.why)")
            }
        }
        return found?.endpoint
    }
}
