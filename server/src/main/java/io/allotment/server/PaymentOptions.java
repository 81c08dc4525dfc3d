package io.allotment.server;

import io.allotment.application.billing.ManualPayments;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.sandbox.SandboxPayments;
import io.allotment.stripe.StripePayments;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Who takes payments, on the command line or by the environment. */
final class PaymentOptions {

    private static final int MAX_INSTRUCTIONS = 2_000;

    /** Who can. */
    enum Kind {
        manual,
        sandbox,
        stripe
    }

    @Option(
            names = "--payments",
            paramLabel = "sandbox|manual|stripe",
            description = {
                "Who takes payments (default: stripe where the environment has STRIPE_API_KEY, else the sandbox where only this"
                        + " machine reaches the server, and no proxy or https is spoken of; else it must be said). The sandbox bills like a real gateway and takes no"
                        + " money: whoever reaches its pages can \"pay\". With manual the operator sees the money and confirms"
                        + " it.",
                "Environment: ALLOTMENT_PAYMENTS"
            })
    private Kind kind;

    @Option(
            names = "--payment-instructions",
            paramLabel = "TEXT",
            description = {
                "What who buys credits is told of how to pay, such as an IBAN (default: nothing); with it they get a"
                        + " reference to name, and the operator confirms the payment: --payments manual.",
                "Environment: ALLOTMENT_PAYMENT_INSTRUCTIONS"
            })
    private String instructions;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /**
     * What was chosen.
     *
     * @param stripe how Stripe is reached, where it takes the payments
     * @param sandboxFile where the sandbox keeps what it knows
     */
    record Settings(
            Kind kind, Optional<String> instructions, Optional<StripePayments.Settings> stripe, Path sandboxFile) {

        /** Who takes the money, as the start says it. */
        String told() {
            return switch (kind) {
                case manual -> "manual: the operator confirms what was paid";
                case stripe -> stripe.orElseThrow().toString();
                case sandbox -> "SANDBOX: no money is taken, and whoever reaches its pages can \"pay\"";
            };
        }

        /** One that needs nothing of us. */
        PaymentGateway elsewhere(Clock clock) {
            return kind == Kind.stripe
                    ? StripePayments.of(stripe.orElseThrow(), clock)
                    : new ManualPayments(instructions, ManualPayments.DEFAULT_PATIENCE);
        }

        SandboxPayments sandbox(Clock clock) {
            try {
                Files.createDirectories(sandboxFile.toAbsolutePath().getParent());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            try {
                return SandboxPayments.in(sandboxFile, clock, new SecureRandom());
            } catch (UncheckedIOException unreadable) {
                throw new CommandFailed(
                        unreadable.getMessage()
                                + ". Put a copy of it back; or move it away, and the sandbox begins anew and knows"
                                + " nothing of what it billed. The reason: "
                                + unreadable.getCause().getMessage(),
                        unreadable);
            }
        }
    }

    /**
     * Refuses what does not go together, and where others could "pay" without anybody having said so.
     *
     * @param host where the server listens
     * @param elsewhere what says that others reach the server though it listens to this machine alone, such as an option for proxies
     * @param data the data directory
     * @param stripe how Stripe is reached, where there is a key
     */
    Settings settings(String host, Optional<String> elsewhere, Path data, Optional<StripePayments.Settings> stripe) {
        if (instructions != null && (instructions.isBlank() || instructions.length() > MAX_INSTRUCTIONS)) {
            throw misused("The payment instructions must be a text of 1 to " + MAX_INSTRUCTIONS + " characters.");
        }
        var chosen = chosen(host, elsewhere, stripe.isPresent());
        if (chosen != Kind.manual && instructions != null) {
            throw misused("Payment instructions go with --payments manual: " + chosen + " takes no transfers.");
        }
        if (chosen == Kind.stripe && stripe.isEmpty()) {
            throw misused("For --payments stripe the environment needs STRIPE_API_KEY.");
        }
        if (chosen == Kind.stripe && stripe.get().returnTo().success().isEmpty()) {
            throw misused(
                    "Stripe takes the payments: say with --checkout-success-url (or ALLOTMENT_CHECKOUT_SUCCESS_URL)"
                            + " which page of your product a checkout leads to when it is done.");
        }
        return new Settings(
                chosen,
                Optional.ofNullable(instructions),
                stripe.filter(reached -> chosen == Kind.stripe),
                data.resolve("sandbox.json"));
    }

    private Kind chosen(String host, Optional<String> elsewhere, boolean hasStripe) {
        if (kind != null) {
            return kind;
        }
        if (hasStripe) {
            return Kind.stripe;
        }
        if (instructions != null) {
            return Kind.manual;
        }
        var others = isLoopback(host) ? elsewhere : Optional.of("others reach " + host);
        if (others.isEmpty()) {
            return Kind.sandbox;
        }
        throw misused("Say who takes payments, with --payments sandbox, manual or stripe: " + others.get()
                + ", and whoever reaches the sandbox's pages can \"pay\".");
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException nobodys) {
            // Nobody reaches it: that it cannot listen there is said where it tries to.
            return true;
        }
    }

    private ParameterException misused(String message) {
        return new ParameterException(command.commandLine(), message);
    }
}
