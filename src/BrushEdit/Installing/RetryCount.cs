namespace BrushEdit.Installing;

/// <summary>A fault that may not recur at the next attempt: a broken connection, a busy server.</summary>
/// <param name="final">The error to report if the fault persists.</param>
/// <param name="wait">The wait that the server requests; null if it requests none.</param>
/// <param name="unreachable">Whether the server did not answer at all.</param>
internal sealed class PassingFaultException(EditException final, TimeSpan? wait = null, bool unreachable = false) : Exception(final.Message, final)
{
    /// <summary>Whether the server did not answer at all.</summary>
    public bool IsUnreachable { get; } = unreachable;

    /// <summary>The error to report if the fault persists.</summary>
    public EditException Final { get; } = final;

    /// <summary>The wait that the server requests.</summary>
    public TimeSpan? Wait { get; } = wait;
}

/// <summary>Counts the attempts at one operation and waits between them, longer each time.</summary>
/// <param name="settings">The number of attempts and the first wait.</param>
internal sealed class RetryCount(HubSettings settings)
{
    // A server that was never reached gets a shorter wait than one whose connection broke.
    private const int UnreachableRetries = 2;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private int failed;

    /// <summary>Records progress: earlier failures no longer count.</summary>
    public void Progressed() => failed = 0;

    /// <summary>Waits for the next attempt.</summary>
    /// <param name="fault">The reason for the last failure.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="EditException">The number of attempts is exhausted.</exception>
    public async Task NextAsync(PassingFaultException fault, CancellationToken cancellation)
    {
        if (++failed > settings.Retries)
        {
            throw fault.Final;
        }

        TimeSpan wait = settings.RetryDelay * Math.Pow(2, failed - 1);
        wait = fault.Wait is { } asked && asked > wait ? asked : wait;
        await Task.Delay(wait < Longest ? wait : Longest, cancellation).ConfigureAwait(false);
    }

    /// <summary>Runs an operation, and retries it on transient faults.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="settings">The number of attempts.</param>
    /// <param name="work">The operation.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    public static async Task<T> RunAsync<T>(HubSettings settings, Func<Task<T>> work, CancellationToken cancellation)
    {
        RetryCount count = new(settings);
        while (true)
        {
            try
            {
                return await work().ConfigureAwait(false);
            }
            catch (PassingFaultException fault) when (!fault.IsUnreachable || count.failed < UnreachableRetries)
            {
                await count.NextAsync(fault, cancellation).ConfigureAwait(false);
            }
            catch (PassingFaultException fault)
            {
                throw fault.Final;
            }
        }
    }
}
