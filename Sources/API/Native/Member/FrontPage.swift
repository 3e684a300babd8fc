internal import Wire

/// `GET /`: five lines that work as they stand, with the address that the client used.
enum FrontPage {
    static func response(_ request: HTTPRequest) -> HTTPResponse {
        let host = request.authority.map { String(decoding: $0, as: UTF8.self) } ?? "127.0.0.1:2379"
        let page = """
            Roost: locks, leader election and configuration over HTTP. Try:

            curl -X PUT -d 'hello' http://\(host)/v1/kv/greeting
            curl 'http://\(host)/v1/kv/greeting?raw'
            curl 'http://\(host)/v1/kv/?recursive'
            curl -d '{"ttl":"15s"}' http://\(host)/v1/locks/demo
            curl -N -m 5 'http://\(host)/v1/watch?path=/&recursive&initial'

            Every call: http://\(host)/openapi.json

            """
        return .plain(Array(page.utf8))
    }
}
