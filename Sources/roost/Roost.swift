/// The one binary: server, client and tools.
@main
struct Roost {
    static func main() {}
}
