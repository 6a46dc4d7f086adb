namespace BrushEdit.Installing;

/// <summary>A fault that may be gone at the next try: a broken connection, a busy server.</summary>
/// <param name="final">What is told when it does not pass.</param>
/// <param name="wait">How long the server asks to be left alone; null if it does not say.</param>
/// <param name="unreachable">Whether nobody answered at all.</param>
internal sealed class PassingFaultException(EditException final, TimeSpan? wait = null, bool unreachable = false) : Exception(final.Message, final)
{
    /// <summary>Whether nobody answered at all.</summary>
    public bool IsUnreachable { get; } = unreachable;

    /// <summary>What is told when it does not pass.</summary>
    public EditException Final { get; } = final;

    /// <summary>How long the server asks to be left alone.</summary>
    public TimeSpan? Wait { get; } = wait;
}

/// <summary>Counts the tries of one piece of work and waits between them, longer each time.</summary>
/// <param name="settings">How often, and how long the first wait is.</param>
internal sealed class RetryCount(HubSettings settings)
{
    // Who was never reached is not waited for as long as one whose connection broke.
    private const int UnreachableRetries = 2;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private int failed;

    /// <summary>The work went on: what failed before does not count any more.</summary>
    public void Progressed() => failed = 0;

    /// <summary>Waits for the next try.</summary>
    /// <param name="fault">Why the last one ended.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="EditException">There have been tries enough.</exception>
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

    /// <summary>Does a piece of work, again while its fault may pass.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="settings">How often.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellation">Ends it.</param>
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
