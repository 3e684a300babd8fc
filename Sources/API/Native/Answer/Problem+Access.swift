internal import Keyspace

extension Problem {
    /// A refusal that has to do with who may do what.
    static func access(_ refusal: Refusal) -> Problem {
        switch refusal {
        case .unauthenticated:
            Problem(
                .unauthenticated,
                "Access is controlled, and the caller is nobody, or its password, roles or rules have changed since it logged in; log in (again)."
            )
        case .denied(let verb):
            Problem(
                .permissionDenied,
                "No rule allows the caller to \(verb.name) all that the request touches, or one denies it; nothing was done."
            )
        case .noAdministrator:
            Problem(
                .noAdministrator,
                "Nobody could change users and roles any more: first give another user a role that allows admin, or disable the control of access."
            )
        case .tooManyAccessItems(let countMax):
            .bad("A user may have \(countMax) roles, or a role \(countMax) rules, at most.")
        case .accessTooLarge(let byteCountMax):
            Problem(
                .tooLarge,
                "Users, roles and rules would take more than \(byteCountMax) bytes; nothing was changed."
            )
        default: Problem(.internal, "The refusal is none of access.")
        }
    }
}
