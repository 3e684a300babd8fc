package import Bytes
internal import Platform
internal import TLS
internal import Wire

/// Asks the members one call at a time, over one connection that is kept; blocks its thread.
///
/// A thread has its own: nothing is shared, so that a call that hangs delays nobody else's.
package final class Client {
    /// What one attempt came to that decided nothing.
    package struct Setback: Sendable {
        package let endpoint: ServiceAddress
        package let why: String
        /// Since the call began.
        package let elapsedMilliseconds: UInt64
    }

    /// Learns of setbacks while a call goes on.
    package typealias Witness = (Setback) -> Void

    /// As they were named.
    private let names: [ServiceAddress]
    /// Who is asked: those that were named, and in the place of a service whoever DNS listed when
    /// the last connection was opened.
    package private(set) var endpoints: [ServiceAddress]
    package var witness: Witness?
    private let authorization: Authorization?
    /// What clients of one process know together of the members; nil for one by itself.
    private let governor: CallGovernor?
    private let interruption: Interruption?
    private var current: Int
    private var connection: Connection?
    /// Of the endpoints at which TLS is spoken: what they are to show is the same for all.
    private var context: TLSContext?

    /// - Parameters:
    ///   - first: the number of the endpoint to begin with.
    ///   - authorization: as whom it asks; nil for nobody in particular.
    ///   - governor: shared by clients that spare members together.
    ///   - interruption: breaks off what it waits for, and every later call at once.
    package init(
        endpoints: [ServiceAddress],
        first: Int = 0,
        authorization: Authorization? = .ofThisProcess,
        governor: CallGovernor? = nil,
        interruption: Interruption? = nil
    ) {
        self.authorization = authorization
        self.governor = governor
        self.interruption = interruption
        invariant(!endpoints.isEmpty, "a client needs an endpoint")
        names = endpoints
        self.endpoints = endpoints
        current = first % endpoints.count
    }

    /// Carries a call out, trying other endpoints as `Attempts` says.
    ///
    /// Any answer but 503 and 429 decides the call, a refusal too.
    package func perform(
        _ call: Call,
        timeoutMilliseconds: UInt64
    ) throws(ClientError) -> Response {
        let begun = Clock.monotonicNow()
        var attempts = Attempts(
            endpointCount: endpoints.count,
            first: current,
            safety: call.safety,
            timeoutMilliseconds: timeoutMilliseconds,
            waitMilliseconds: call.waitMilliseconds,
            jitter: Self.jitter(),
            now: begun
        )
        governor?.beginCall()
        var call = call
        call.add("timeout", value: "\(attempts.shareMilliseconds)ms")
        var evidence: [String] = []
        var refusal: Response?
        while true {
            switch attempts.next(now: Clock.monotonicNow()) {
            case .attempt(let number, let until):
                current = governor?.admitted(endpoints, from: number) ?? number
                let result = result(of: call, until: until)
                attempts.follow(current, of: endpoints.count)
                switch result {
                case .success(let reply):
                    guard let failure = Self.failure(of: reply) else { return reply }
                    refusal = reply
                    tell(reply.reason, since: begun)
                    attempts.failed(failure, now: Clock.monotonicNow())
                    if let time = governor?.retryTime() { attempts.rest(until: time) }
                case .failure(let error):
                    evidence.append("\(endpoint): \(error.why)")
                    tell(error.why, since: begun)
                    attempts.failed(Self.failure(of: error), now: Clock.monotonicNow())
                    if let time = governor?.retryTime() { attempts.rest(until: time) }
                    if interruption?.isCalled == true { attempts.breakOff() }
                }
            case .pause(let until): rest(until: until)
            case .giveUp(let effect):
                if let refusal { throw .refused(effect, refusal) }
                throw .unreachable(effect, evidence: Array(evidence.suffix(endpoints.count)))
            }
        }
    }

    private func rest(until time: MonotonicTime) {
        guard let interruption else { return Pause.until(time) }
        interruption.rest(until: time)
    }

    /// What spreads the rests of many; without randomness they are all the same.
    private static func jitter() -> SplitMix64? {
        do throws(SystemError) { return SplitMix64(seed: try Entropy.word()) } catch { return nil }
    }

    private func tell(_ why: String, since begun: MonotonicTime) {
        witness?(
            Setback(
                endpoint: endpoint,
                why: why,
                elapsedMilliseconds: Clock.monotonicNow().nanoseconds(since: begun) / 1_000_000
            )
        )
    }

    /// One attempt at the current endpoint.
    package func attempt(_ call: Call, until deadline: MonotonicTime) throws(LinkError) -> Response
    {
        let endpoint = endpoint
        do throws(LinkError) {
            let connection = try open(until: deadline)
            let reply = try connection.perform(call, until: deadline)
            if connection.persistence == .close { self.connection = nil }
            governor?.note(.answered, of: endpoint)
            return reply
        } catch {
            self.connection = nil
            if interruption?.isCalled != true { governor?.note(.failed, of: endpoint) }
            throw error
        }
    }

    /// One attempt, its failure as a value.
    package func result(of call: Call, until deadline: MonotonicTime) -> Result<Response, LinkError>
    {
        do throws(LinkError) {
            return .success(try attempt(call, until: deadline))
        } catch { return .failure(error) }
    }

    /// The kept connection, or a new one to the current endpoint.
    package func open(until deadline: MonotonicTime) throws(LinkError) -> Connection {
        if let connection, connection.endpoint == endpoints[current] { return connection }
        connection = nil
        try find(until: deadline)
        let opened = try Connection(
            to: endpoints[current],
            as: authorization,
            context: try context(for: endpoints[current]),
            interruption: interruption,
            until: deadline
        )
        connection = opened
        return opened
    }

    /// What TLS is spoken with at that endpoint; made once.
    private func context(for endpoint: ServiceAddress) throws(LinkError) -> TLSContext? {
        guard endpoint.security != nil else { return nil }
        if let context { return context }
        do throws(TLSMaterialFault) {
            context = try endpoint.context()
            return context
        } catch { throw .unreachable(why: "TLS: \(error)") }
    }

    /// Asks DNS anew who the members are, where a service was named. Members that are known keep
    /// their order, so that whoever comes next is another one; those of before are asked on where DNS
    /// says nothing.
    private func find(until deadline: MonotonicTime) throws(LinkError) {
        guard names.contains(where: \.place.isService) else { return }
        var found: [ServiceAddress] = []
        for name in names {
            do throws(LinkError) {
                let members = try name.members(until: deadline)
                found += members.filter { !found.contains($0) }
            } catch {
                guard endpoints.contains(where: \.place.isService) else { return }
                if names.count == 1 { throw error }
            }
        }
        guard !found.isEmpty else { return }
        let known = endpoints.filter(found.contains)
        let asked = endpoint
        endpoints = known + found.filter { !known.contains($0) }
        current = endpoints.firstIndex(of: asked) ?? current % endpoints.count
    }

    /// The endpoint that the next attempt goes to.
    package var endpoint: ServiceAddress { endpoints[current] }

    /// Turns to the next endpoint; the connection to the last one is closed.
    package func moveOn() {
        connection = nil
        current = (current + 1) % endpoints.count
    }

    private static func failure(of error: LinkError) -> Attempts.Failure {
        switch error {
        case .unreachable: .unreachable
        case .interrupted: .interrupted
        }
    }

    /// Whether the answer asks to try again, and what it says about the effect.
    private static func failure(of reply: Response) -> Attempts.Failure? {
        guard reply.status == 503 || reply.status == 429 else { return nil }
        let seconds = reply.headers["retry-after"]?.decimalValue ?? 0
        let retryAfterMilliseconds = min(seconds, 5) * 1000
        guard reply.status == 503 else {
            return .refused(.none, retryAfterMilliseconds: retryAfterMilliseconds)
        }
        let effect = ServiceProblem(reply)?.effect ?? .unknown
        return .refused(effect, retryAfterMilliseconds: retryAfterMilliseconds)
    }
}
