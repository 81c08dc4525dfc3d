package io.allotment.persistence.jooq;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Somebody else's open transaction while it works as the application's role for a tenant. Closing it restores role and
 * tenant as they were, for the rest of that transaction.
 */
final class CallersTransaction implements AutoCloseable {

    private final Connection connection;
    private final String role;
    private final String tenants;

    private CallersTransaction(Connection connection, String role, String tenants) {
        this.connection = connection;
        this.role = role;
        this.tenants = tenants;
    }

    /** @param setting what names the tenant */
    static CallersTransaction enter(Connection connection, String setting) throws SQLException {
        if (connection.getAutoCommit()) {
            throw new IllegalArgumentException("The connection commits each statement by itself: call"
                    + " setAutoCommit(false) and begin your transaction first, then pass it on.");
        }
        try (var statement = connection.createStatement()) {
            statement.execute(
                    "select current_setting('role'), coalesce(current_setting('allotment.tenant_ids', true), '');"
                            + " set local role allotment_app; " + setting);
            try (var before = statement.getResultSet()) {
                before.next();
                return new CallersTransaction(connection, before.getString(1), before.getString(2));
            }
        }
    }

    /** After an error the transaction takes no statement, and its rollback restores them. */
    @Override
    public void close() throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("set local role " + (role.equals("none") ? role : statement.enquoteIdentifier(role, true))
                    + "; set local allotment.tenant_ids = " + statement.enquoteLiteral(tenants));
        } catch (SQLException failure) {
            if (!SqlErrors.isAborted(failure)) {
                throw failure;
            }
        }
    }
}
