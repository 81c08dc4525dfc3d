package io.allotment.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Lets an answer arrive that was given before the request's body was read, as a refusal is. Jetty closes such a connection
 * as soon as the answer is written; on bytes that nobody read TCP then resets it, and a caller who still sends loses the
 * answer. Here our side alone is closed, and what still comes is thrown away, until the caller closes too or the time is up.
 */
final class LingeringClose extends Handler.Wrapper {

    private static final int BUFFER_BYTES = 1 << 16;

    private final long millis;

    /** @param time after it the connection is closed, whatever still comes */
    LingeringClose(Duration time) {
        this.millis = time.toMillis();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        var metaData = request.getConnectionMetaData();
        var endPoint = metaData.getConnection().getEndPoint();
        var scheduler = metaData.getConnector().getScheduler();
        request.addHttpStreamWrapper(stream -> new HttpStream.Wrapper(stream) {
            @Override
            public void failed(Throwable failure) {
                if (isUnreadBody(failure)) {
                    var deadline = scheduler.schedule(endPoint::close, millis, TimeUnit.MILLISECONDS);
                    new Lingering(endPoint, deadline, () -> super.failed(failure)).begin();
                } else {
                    super.failed(failure);
                }
            }
        });
        return super.handle(request, response, callback);
    }

    /** And nothing else: the answer itself was sent. */
    private static boolean isUnreadBody(Throwable failure) {
        return failure == HttpStream.CONTENT_NOT_CONSUMED || failure.getCause() == HttpStream.CONTENT_NOT_CONSUMED;
    }

    /** One connection whose caller still sends; it waits for the next bytes without a thread. */
    private final class Lingering implements Callback {

        private final EndPoint endPoint;
        private final Scheduler.Task deadline;
        private final Runnable complete;
        private final ByteBuffer thrownAway = BufferUtil.allocate(BUFFER_BYTES);

        Lingering(EndPoint endPoint, Scheduler.Task deadline, Runnable complete) {
            this.endPoint = endPoint;
            this.deadline = deadline;
            this.complete = complete;
        }

        void begin() {
            endPoint.shutdownOutput();
            endPoint.fillInterested(this);
        }

        @Override
        public void succeeded() {
            try {
                BufferUtil.clear(thrownAway);
                if (endPoint.fill(thrownAway) < 0) {
                    end();
                } else {
                    endPoint.fillInterested(this);
                }
            } catch (IOException callerIsGone) {
                end();
            }
        }

        @Override
        public void failed(Throwable closed) {
            end();
        }

        private void end() {
            deadline.cancel();
            complete.run();
        }
    }
}
