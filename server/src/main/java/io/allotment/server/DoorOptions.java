package io.allotment.server;

import io.allotment.http.HttpApi;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** From where and how often requests are taken, on the command line or by the environment. */
final class DoorOptions {

    private static final int MAX_RATE = 100_000_000;
    private static final int MAX_SECONDS = 3_600;

    @Option(
            names = "--trusted-proxies",
            paramLabel = "LIST",
            defaultValue = "",
            description = {
                "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, addresses or blocks such as 10.0.0.0/8,"
                        + " separated by spaces (default: none).",
                "Environment: ALLOTMENT_TRUSTED_PROXIES"
            })
    private String trustedProxies;

    @Option(
            names = "--cors-origins",
            paramLabel = "LIST",
            defaultValue = "",
            description = {
                "Origins whose pages may call the API from a browser, such as https://app.example.com, separated by spaces"
                        + " (default: none).",
                "Environment: ALLOTMENT_CORS_ORIGINS"
            })
    private String origins;

    @Option(
            names = "--https",
            description = {
                "Everybody reaches this server by https: has browsers keep to that, where it cannot tell by itself.",
                "Environment: ALLOTMENT_HTTPS=true"
            })
    private boolean https;

    @Option(
            names = "--tenant-rate",
            paramLabel = "N",
            defaultValue = "60000",
            description = {
                "How many requests a minute a tenant may send with all its API keys (default: 60000); 0 for any number.",
                "Environment: ALLOTMENT_TENANT_RATE"
            })
    private int tenantRate;

    @Option(
            names = "--user-rate",
            paramLabel = "N",
            defaultValue = "1200",
            description = {
                "How many requests a minute somebody who signed in may send (default: 1200); 0 for any number.",
                "Environment: ALLOTMENT_USER_RATE"
            })
    private int userRate;

    @Option(
            names = "--stranger-rate",
            paramLabel = "N",
            defaultValue = "300",
            description = {
                "How many requests a minute may come from one address without a key or token that is known (default: 300);"
                        + " 0 for any number.",
                "Environment: ALLOTMENT_STRANGER_RATE"
            })
    private int strangerRate;

    @Option(
            names = "--request-timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = {
                "How long a request may take to arrive, and a connection to be silent (default: 30).",
                "Environment: ALLOTMENT_REQUEST_TIMEOUT"
            })
    private int requestTimeoutSeconds;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /** Refuses what cannot be meant, as wrong usage of the command. */
    void applyTo(HttpApi.Builder api) {
        OptionBounds.require(command, "--tenant-rate", tenantRate, 0, MAX_RATE);
        OptionBounds.require(command, "--user-rate", userRate, 0, MAX_RATE);
        OptionBounds.require(command, "--stranger-rate", strangerRate, 0, MAX_RATE);
        OptionBounds.require(command, "--request-timeout", requestTimeoutSeconds, 1, MAX_SECONDS);
        try {
            each(trustedProxies).forEach(api::trustedProxy);
            each(origins).forEach(api::allowedOrigin);
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(command.commandLine(), wrong.getMessage() + ".");
        }
        api.reachedByHttps(https)
                .rateLimits(new HttpApi.RateLimits(tenantRate, userRate, strangerRate))
                .requestTimeout(Duration.ofSeconds(requestTimeoutSeconds));
    }

    /** What here says that others than this machine reach the server, wherever it listens. */
    Optional<String> reachedByOthers() {
        if (each(trustedProxies).findAny().isPresent()) {
            return Optional.of("with --trusted-proxies others reach this server");
        }
        return https ? Optional.of("with --https others reach this server") : Optional.empty();
    }

    private static Stream<String> each(String list) {
        return Stream.of(list.strip().split("\\s+")).filter(text -> !text.isEmpty());
    }
}
