internal import Bytes
internal import Platform
internal import RoostClient

/// The same question, put to many addresses at once, each on a thread of its own.
struct AddressRound {
    /// A member that takes longer counts as silent.
    private static let patienceMillisecondsMax: UInt64 = 2_000

    private let deadline: MonotonicTime
    private let security: ClientSecurity

    /// - Parameters:
    ///   - timeout: what `--timeout` allows; a round takes two seconds at most.
    ///   - security: for the addresses at which TLS is spoken.
    init(timeoutMilliseconds timeout: UInt64, security: ClientSecurity) {
        self.security = security
        deadline = Clock.monotonicNow()
            .advanced(byMilliseconds: min(timeout, Self.patienceMillisecondsMax))
    }

    /// What came of it, in the order of the addresses.
    func ask<Answer: Sendable>(
        _ addresses: [String],
        _ question: @escaping @Sendable (Client, MonotonicTime) throws(LinkError) -> Answer
    ) throws(Failure) -> [Result<Answer, LinkError>] {
        let silence = LinkError.unreachable(why: "no answer in time")
        var answers = [Result<Answer, LinkError>](
            repeating: .failure(silence),
            count: addresses.count
        )
        do throws(SystemError) {
            let mailbox = try Mailbox<(place: Int, answer: Result<Answer, LinkError>)>()
            for (place, address) in addresses.enumerated() {
                _ = try Thread(named: "round") { [self] in
                    let answer = answer(of: address, to: question)
                    mailbox.send((place, answer))
                }
            }
            var count = 0
            while count < addresses.count, Clock.monotonicNow() < deadline {
                try mailbox.wait(until: deadline)
                for (place, answer) in mailbox.takeAll() {
                    answers[place] = answer
                    count += 1
                }
            }
        } catch { throw .local("cannot ask the members: \(error)") }
        return answers
    }

    private func answer<Answer>(
        of address: String,
        to question: @Sendable (Client, MonotonicTime) throws(LinkError) -> Answer
    ) -> Result<Answer, LinkError> {
        let client: Client
        do throws(EndpointListError) {
            client = Client(endpoints: try EndpointList.parse(address, security: security))
        } catch { return .failure(.unreachable(why: "its client address is not known")) }
        do throws(LinkError) { return .success(try question(client, deadline)) } catch {
            return .failure(error)
        }
    }
}
