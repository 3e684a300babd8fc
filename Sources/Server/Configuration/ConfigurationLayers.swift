/// What the command line, the environment and a file say together: of each setting, the first of
/// them that names it decides, with all that it says.
package struct ConfigurationLayers: Sendable {
    /// What decides, in the order of the names.
    package let items: [ConfigurationItem]
    /// Mistakes of the form of the environment and the file.
    private let formMistakes: [ConfigurationError]

    /// - Parameters:
    ///   - environment: the value of a variable, nil where it is not set.
    ///   - mistakes: what was found wrong where the names are read.
    package init(
        names: [ConfigurationName],
        flags: [(name: String, value: String)],
        environment: (String) -> String?,
        file: ConfigurationFile?,
        mistakes: [ConfigurationError] = []
    ) {
        var items: [ConfigurationItem] = []
        for name in names {
            let written = flags.filter { $0.name == name.name }
            if !written.isEmpty {
                items += written.map { ConfigurationItem($0.name, value: $0.value) }
            } else if let value = environment(name.variable) {
                let place = ConfigurationItem.Place.environment(name.variable)
                items.append(ConfigurationItem(name.name, value: value, place: place))
            } else {
                items += file?.items.filter { $0.name == name.name } ?? []
            }
        }
        self.items = items
        formMistakes = mistakes + (file?.mistakes ?? [])
    }

    /// The configuration that all of it comes to.
    ///
    /// - Throws: every mistake, each with its place.
    package func configuration() throws(ConfigurationMistakes) -> Configuration {
        var mistakes = formMistakes
        var rest = items
        // Without what is wrong the rest is looked at: each round has fewer items.
        while true {
            switch Self.outcome(of: rest) {
            case .success(let configuration):
                guard mistakes.isEmpty else { throw ConfigurationMistakes(all: mistakes) }
                return configuration
            case .failure(let error):
                mistakes.append(error.placed(among: rest))
                let count = rest.count
                rest.removeAll { "--\($0.name)" == error.flag }
                guard rest.count < count else { throw ConfigurationMistakes(all: mistakes) }
            }
        }
    }

    /// What a member's first start would refuse besides: a list of founding members without it.
    package func checkList(of configuration: Configuration) throws(ConfigurationMistakes) {
        let founders = configuration.cluster
        guard !founders.isEmpty, !founders.contains(where: { $0.name == configuration.name })
        else { return }
        let reason = "does not name \(configuration.name), which --name says this member is"
        let mistake = ConfigurationError("--cluster", reason: reason)
        throw ConfigurationMistakes(all: [mistake.placed(among: items)])
    }

    private static func outcome(
        of items: [ConfigurationItem]
    ) -> Result<Configuration, ConfigurationError> {
        Result { () throws(ConfigurationError) in
            let configuration = try Configuration(items: items)
            _ = try Settings(configuration)
            return configuration
        }
    }
}

/// Everything that is wrong with a configuration, at least one thing.
package struct ConfigurationMistakes: Error, Hashable, Sendable {
    package let all: [ConfigurationError]

    package init(all: [ConfigurationError]) { self.all = all }
}

extension ConfigurationError {
    /// The same, with the place of the item that it is about.
    fileprivate func placed(among items: [ConfigurationItem]) -> ConfigurationError {
        guard place == nil, let item = items.first(where: { "--\($0.name)" == flag }) else {
            return self
        }
        return ConfigurationError(flag, reason: reason, place: item.place)
    }
}
