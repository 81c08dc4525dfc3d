package io.allotment.server.prove;

import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Somebody else at the gate's rows: locks accounts in a transaction of plain SQL, which closing takes back. */
final class Rival implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final String DEADLOCK = "40P01";

    private static final String WAITERS = """
            select count(*) from pg_locks waiting
            where not waiting.granted and pg_backend_pid() = any(pg_blocking_pids(waiting.pid))
            """;

    private final Connection connection;
    private final Statement statement;

    Rival(ProofDatabase database, List<TenantId> tenants) throws SQLException {
        connection = database.rival();
        statement = connection.createStatement();
        statement.execute("begin");
        statement.execute(tenants.stream()
                .map(TenantId::toString)
                .collect(Collectors.joining(",", "set local allotment.tenant_ids = '{", "}'")));
    }

    /** Locks the tenant's own account, once nobody else has it; not where that would end in a deadlock. */
    void lock(TenantId tenant) throws SQLException {
        try {
            statement.execute("select 1 from allotment.credit_accounts where tenant_id = '" + tenant
                    + "' and account_id = '" + BillingAccount.idOf(tenant) + "' for update");
        } catch (SQLException failure) {
            if (!DEADLOCK.equals(failure.getSQLState())) {
                throw failure;
            }
            // The server chose us to give way: then nothing has happened to the gate.
        }
    }

    /** Whether somebody comes to wait for what is locked. */
    boolean awaitsWaiter() throws SQLException {
        var patience = new Span(PATIENCE);
        while (!patience.isOver()) {
            try (var count = statement.executeQuery(WAITERS)) {
                count.next();
                if (count.getInt(1) > 0) {
                    return true;
                }
            }
            sleep(Duration.ofMillis(2));
        }
        return false;
    }

    /** Keeps what is locked for so long. */
    void sleep(Duration time) throws SQLException {
        statement.execute("select pg_sleep(" + time.toMillis() + " / 1000.0)");
    }

    @Override
    public void close() throws SQLException {
        // The server takes the transaction back.
        connection.close();
    }
}
