internal import Bytes
internal import Platform
internal import Wire

/// Keeps an instance registered, and registers it anew where the registration is gone, on a thread
/// of its own, until it is ended or nobody holds it any more.
public final class Registration: Sendable {
    private enum Order: Sendable {
        case tell(RegisteredInstance.Health)
        case leave
    }

    private let orders: Mailbox<Order>
    private let goodbye: Promise<Void>

    fileprivate init(
        _ instance: RegisteredInstance,
        health: RegisteredInstance.Health,
        of client: RoostClient
    ) throws(SystemError) {
        let orders = try Mailbox<Order>()
        let goodbye = Promise<Void>()
        self.orders = orders
        self.goodbye = goodbye
        let endpoints = client.endpoints
        let (authorization, governor) = (client.authorization, client.governor)
        let timeoutMilliseconds = client.timeoutMilliseconds
        _ = try Thread(named: "registration") {
            var keeper = Keeper(
                instance: instance,
                client: Client(
                    endpoints: endpoints,
                    authorization: authorization,
                    governor: governor
                ),
                timeoutMilliseconds: timeoutMilliseconds,
                health: health
            )
            keeper.run(orders)
            goodbye.keep(())
        }
    }

    deinit { orders.send(.leave) }

    /// Tells how the instance is from now on; one that is critical gets no more work.
    public func report(_ health: RegisteredInstance.Health) { orders.send(.tell(health)) }

    /// Takes the instance out of the registry; returns when that is done, or cannot be.
    public func end() async {
        orders.send(.leave)
        await goodbye.value
    }

    /// The thread's part.
    private struct Keeper {
        let instance: RegisteredInstance
        let client: Client
        let timeoutMilliseconds: UInt64
        var health: RegisteredInstance.Health

        /// Returns when it was asked to leave.
        mutating func run(_ orders: Mailbox<Order>) {
            var next = Clock.monotonicNow().advanced(byMilliseconds: instance.intervalMilliseconds)
            while true {
                do throws(SystemError) { try orders.wait(until: next) } catch { Pause.until(next) }
                for order in orders.takeAll() {
                    switch order {
                    case .tell(let health): self.health = health
                    case .leave: return deregister()
                    }
                }
                report()
                next = Clock.monotonicNow().advanced(byMilliseconds: instance.intervalMilliseconds)
            }
        }

        /// What does not arrive is said again next time.
        private func report() {
            guard let answer = reply(to: instance.report(health)),
                answer.status == 404
            else { return }
            let (path, body) = instance.registration(health)
            _ = reply(to: .repeatable(.put, path: path, body: body))
        }

        private func deregister() {
            _ = reply(to: .repeatable(.delete, path: instance.deregistrationPath))
        }

        private func reply(to call: Call) -> Response? {
            do throws(ClientError) {
                return try client.perform(call, timeoutMilliseconds: timeoutMilliseconds)
            } catch { return nil }
        }
    }
}

extension RoostClient {
    /// Registers an instance, and keeps it registered.
    public func register(
        _ instance: RegisteredInstance,
        health: RegisteredInstance.Health = .init(.passing)
    ) async throws(RoostError) -> Registration {
        let (path, body) = instance.registration(health)
        _ = try await success(of: .write(.put, path: path, body: body, key: try Self.freshKey()))
        do throws(SystemError) {
            return try Registration(instance, health: health, of: self)
        } catch { throw RoostError(error) }
    }
}
