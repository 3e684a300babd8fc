internal import RoostClient
internal import Wire

/// The calls that `roost register` makes.
extension RegisteredInstance {
    /// What people read: `web/n1 at 10.0.0.1:80`.
    var words: String {
        let place = address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
        return "\(service)/\(id) at \(place)"
    }

    func register(_ health: Health, with service: Service) throws(Failure) {
        let (path, body) = registration(health)
        _ = try service.write(.put, path: path, body: body)
    }

    /// Reports, and registers anew where the registration is gone.
    func report(_ health: Health, with service: Service) throws(Failure) {
        let reply = try service.answer(to: report(health))
        if reply.status == 404 { return try register(health, with: service) }
        guard reply.isSuccess else { throw .answer(reply) }
    }

    /// One that is gone is as good.
    func deregister(with service: Service) throws(Failure) {
        do throws(Failure) { _ = try service.write(.delete, path: deregistrationPath) } catch {
            guard error.exitCode == .notFound else { throw error }
        }
    }
}
