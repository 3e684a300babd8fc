internal import API

extension Reactor {
    /// Believes the issuer as its file of keys has it now; a file that cannot be used changes nothing.
    func lookAtOutsideKeys() {
        guard outsideKeys != nil else { return }
        do throws(OutsideKeys.Fault) {
            guard let issuer = try outsideKeys?.look() else { return }
            gate.believe(issuer)
            forgetWhoAsked()
            say(
                .notice,
                name: "jwt-keys",
                line: "jwt-keys member=\(memberName) file=\(outsideKeys?.trust.path ?? "")"
            )
        } catch {
            say(
                .error,
                name: "jwt-keys-failed",
                line:
                    "roost: the keys of \(outsideKeys?.trust.path ?? "") are not used: \(error.text). "
                    + "What was read before counts on"
            )
        }
    }
}
