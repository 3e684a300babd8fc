import RoostClient

/// A program that runs on every machine, and works on one of them at a time.
@main
struct LeaderWorker {
    /// What `/worker` holds: `roost put /worker/greeting hello`.
    struct Settings: Codable {
        var greeting: String
        var pause_milliseconds: Int
    }

    /// `LeaderWorker ENDPOINTS NAME [lock]`
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else {
            print("usage: LeaderWorker ENDPOINTS NAME [lock]")
            return
        }
        if arguments.count > 3 { return await NightlyReport.run(endpoints: arguments[1]) }
        let client = try RoostClient(endpoints: arguments[1])
        let settings = try await client.configuration(at: "/worker", as: Settings.self)
        var options = HoldOptions()
        options.timeToLive = .seconds(3)
        while true {
            do {
                try await client.withLeadership(
                    of: "worker",
                    value: arguments[2],
                    options: options
                ) { fence in
                    print("\(arguments[2]) leads")
                    try await work(client, as: fence, settings: settings)
                }
            } catch {
                print("\(arguments[2]) leads no longer: \(error)")
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Works until the task is cancelled; each piece under the settings that are in force then.
    static func work(
        _ client: RoostClient,
        as fence: RoostFence,
        settings: ConfigurationStore<Settings>
    ) async throws {
        var number = 0
        while true {
            let current = settings.value
            // Refused once another leads, however late this machine finds out.
            try await client.put(
                RoostKey("/worker-log/\(fence.token)/\(number)"),
                text: current.greeting,
                options: .fenced(by: fence)
            )
            number += 1
            try await Task.sleep(for: .milliseconds(current.pause_milliseconds))
        }
    }
}
