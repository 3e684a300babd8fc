internal import Wire

extension OperationDescription {
    private static let absent: Answer = ("404", "There is no such user or role.")
    private static let paging: [QueryParameter] = ["after", "limit"]

    /// The calls of `/v1/auth`.
    init?(access resource: Resource, method: Method) {
        switch (resource, method) {
        case (.authStatus, _): self.init("Whether access is controlled.")
        case (.authLogin, _):
            self.init(
                "Gives a token for a name and a password.",
                body: .fields(["user", "password", "ttl"]),
                answers: [
                    ("200", "The token, and when it is over in Unix seconds."),
                    ("401", "There is no such user, or the password is another one."),
                    ("429", "Too many tries; Retry-After says when the next may come."),
                ]
            )
        case (.authWhoami, _): self.init("Who asks, and with which roles.")
        case (.authCan, _):
            self.init(
                "Whether a user may do something, and the rule that decides.",
                parameters: ["user", "verb", "path", "recursive", "key", "prefix", "name"],
                answers: [("200", "Yes or no, and the rule."), Self.absent]
            )
        case (.authEnable, _):
            self.init(
                "From here on nothing is allowed that no rule allows.",
                parameters: ["force"],
                answers: [
                    ("200", "Done."),
                    ("409", "Nobody with a password has a role that allows admin."),
                ]
            )
        case (.authDisable, _): self.init("From here on everybody may do everything.")
        case (.authUsers, _):
            self.init("The users, in the order of names.", parameters: Self.paging)
        case (.authRoles, _):
            self.init("The roles, in the order of names.", parameters: Self.paging)
        case (.authUser, .put):
            self.init(
                "Makes or changes a user.",
                body: .fields(["password", "old_password", "roles", "grant", "revoke"]),
                answers: [
                    ("200", "The user as it is then."),
                    ("401", "The old password is another one."),
                    (
                        "403",
                        "One's own password takes the old one, unless that came along; who has none gives itself none."
                    ),
                    Self.absent,
                ]
            )
        case (.authRole, .put):
            self.init(
                "Makes or changes a role: rules that allow or deny.",
                body: .fields(["rules", "add", "remove"]),
                answers: [("200", "The role as it is then.")]
            )
        case (.authUser, .delete), (.authRole, .delete):
            self.init("Removes it.", answers: [("200", "Done."), Self.absent])
        case (.authKeys, _): self.init("The keys that sign tokens, oldest first.")
        case (.authKeyRotation, _):
            self.init(
                "New tokens are signed with a new key; those that there are stay valid.",
                answers: [("200", "The keys as they are then.")]
            )
        case (.authKey, _):
            self.init(
                "Retires a key: no token that it signed is valid any more.",
                answers: [("200", "The keys as they are then."), ("404", "There is no such key.")]
            )
        case (.authUser, .get):
            self.init("A user's roles.", answers: [("200", "The user."), Self.absent])
        case (.authRole, .get):
            self.init("A role's rules.", answers: [("200", "The role."), Self.absent])
        default: return nil
        }
    }
}
