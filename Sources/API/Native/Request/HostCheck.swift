internal import Wire

/// Which hosts a request may name: keeps a browser's page from reaching the member under a name
/// that an attacker points here (DNS rebinding).
enum HostCheck {
    /// IP addresses, `localhost` and the names that the member listens at or tells others are always
    /// admitted. Without `--allow-host` every host is, but at a loopback address, which nobody
    /// reaches but programs of this machine, its browsers among them.
    static func admit(
        _ request: HTTPRequest,
        through door: ListenerKind,
        site: HTTPSite
    ) throws(Problem) {
        switch door.reach {
        case .file: return
        case .network where site.allowedHosts.isEmpty: return
        case .network, .loopback: break
        }
        guard let text = request.authority else { return }
        let authority = Authority(text)
        if authority.isAddress || authority.host.equals("localhost")
            || site.allowedHosts.contains(authority.host)
            || site.ownHosts.contains(authority.host)
        {
            return
        }
        let name = API.text(authority.host)
        throw Problem(
            .misdirected,
            "The host \"\(name)\" is not served here; use an IP address or localhost, or start the member with --allow-host NAME."
        )
    }
}
