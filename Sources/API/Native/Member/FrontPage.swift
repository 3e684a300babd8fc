internal import Wire

/// `GET /`: five lines that work as they stand, with the address that the client used.
enum FrontPage {
    static func response(_ request: HTTPRequest, through door: ListenerKind) -> HTTPResponse {
        let host = request.authority.map { String(decoding: $0, as: UTF8.self) } ?? "127.0.0.1:2379"
        let site = "\(door.scheme.rawValue)://\(host)"
        let page = """
            Roost: locks, leader election and configuration over HTTP. Try:

            curl -X PUT -d 'hello' \(site)/v1/kv/greeting
            curl '\(site)/v1/kv/greeting?raw'
            curl '\(site)/v1/kv/?recursive'
            curl -d '{"ttl":"15s"}' \(site)/v1/locks/demo
            curl -N -m 5 '\(site)/v1/watch?path=/&recursive&initial'

            Every call: \(site)/openapi.json

            """
        return .plain(Array(page.utf8))
    }
}
