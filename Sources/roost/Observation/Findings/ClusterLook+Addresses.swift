internal import Platform
internal import Wire

// Where the members say that they are.

extension ClusterLook {
    var checkupOfAddresses: Checkup {
        Checkup(
            .addresses,
            measured: members.map { "\($0.name) \($0.clientAddress)" }.joined(separator: ", "),
            findings: members.compactMap(Self.detour) + enclosures
        )
    }

    /// A member that answers, and not where the others say.
    private static func detour(of member: Member) -> Ailment? {
        guard let answer = member.answer, let fault = member.fault else { return nil }
        let found = TerminalText.word(answer.address.utf8)
        let why =
            switch fault {
            case .unknown: "is told by no member"
            case .silent(let why): "(\(member.clientAddress)) leads nowhere from here: \(why)"
            case .misleading(let other): "(\(member.clientAddress)) leads to \(other) from here"
            }
        return Ailment(
            "the client address of \(member.name) \(why); it answers at \(found)",
            advice: "give it an --advertise that its clients reach, such as a name that "
                + "means the same everywhere"
        )
    }

    /// Members that only their own machine reaches, while others are elsewhere.
    private var enclosures: [Ailment] {
        let isOfSeveral =
            members.contains { Self.reach(of: $0.peerAddress) == .machines }
            && members.count > 1
        return members.flatMap { member in
            [("client", member.clientAddress), ("peer", member.peerAddress)].compactMap {
                kind,
                address in
                let reach = Self.reach(of: address)
                let isWrong = reach == .nowhere || reach == .machine && isOfSeveral
                guard isWrong else { return nil }
                return Ailment(
                    "the \(kind) address of \(member.name), \(address), means another place on "
                        + "every machine",
                    advice: kind == "client"
                        ? "give it an --advertise that its clients reach"
                        : "'roost member update \(member.name) HOST:PORT' gives it another one"
                )
            }
        }
    }

    private enum Reach { case machine, machines, nowhere }

    /// From how far an address is understood.
    private static func reach(of address: String) -> Reach? {
        let scheme = "https://"
        let bare = address.hasPrefix(scheme) ? String(address.dropFirst(scheme.count)) : address
        do throws(EndpointError) {
            guard case .internet(let host, _) = try Endpoint(parsing: bare) else {
                return .machine
            }
            if ["0.0.0.0", "::", "*"].contains(host) { return .nowhere }
            let isNear = host == "localhost" || host == "::1" || host.hasPrefix("127.")
            return isNear ? .machine : .machines
        } catch { return nil }
    }
}
