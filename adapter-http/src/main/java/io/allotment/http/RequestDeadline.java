package io.allotment.http;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Ends connections whose request has not arrived in time, headers and body, however steadily its bytes trickle in: they
 * would hold on to a connection for ever, or to a thread. Time that we take to answer does not count.
 */
final class RequestDeadline implements Connection.Listener {

    private final Scheduler scheduler;
    private final long millis;

    /** @param time after it, and before three times it, the connection is closed */
    RequestDeadline(Scheduler scheduler, Duration time) {
        this.scheduler = scheduler;
        this.millis = time.toMillis();
    }

    @Override
    public void onOpened(Connection connection) {
        scheduler.schedule(new Watch(connection), millis, TimeUnit.MILLISECONDS);
    }

    /** Looks now and then whether a connection still waits for the same request. */
    private final class Watch implements Runnable {

        private final Connection connection;
        private long requests;
        private long bytes;
        private boolean waited;

        Watch(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void run() {
            var endPoint = connection.getEndPoint();
            if (!endPoint.isOpen()) {
                return;
            }
            long begun = connection.getMessagesIn();
            boolean waits = endPoint.isFillInterested()
                    && (begun > connection.getMessagesOut() || connection.getBytesIn() > bytes);
            if (waits && waited && begun == requests) {
                endPoint.close();
                return;
            }
            waited = waits;
            requests = begun;
            if (!waits) {
                bytes = connection.getBytesIn();
            }
            scheduler.schedule(this, millis, TimeUnit.MILLISECONDS);
        }
    }
}
