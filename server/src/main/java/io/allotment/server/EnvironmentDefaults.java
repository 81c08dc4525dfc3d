package io.allotment.server;

import java.util.Map;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Takes from the environment what the command line does not say. */
final class EnvironmentDefaults implements IDefaultValueProvider {

    private static final Map<String, String> VARIABLES = Map.of(
            "--data", "ALLOTMENT_DATA",
            "--database-url", "ALLOTMENT_DATABASE_URL",
            "--connections", "ALLOTMENT_CONNECTIONS",
            "--host", "ALLOTMENT_HOST",
            "--port", "ALLOTMENT_PORT",
            "--root-key", "ALLOTMENT_ROOT_KEY");

    private final Surroundings surroundings;

    EnvironmentDefaults(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public String defaultValue(ArgSpec argument) {
        if (argument instanceof OptionSpec option && VARIABLES.containsKey(option.longestName())) {
            return surroundings.variable(VARIABLES.get(option.longestName())).orElse(null);
        }
        return null;
    }
}
