namespace BrushEdit;

/// <summary>
/// The token that cancels file reads on this thread. Weights are read deep inside a network's loading code, and pictures deep inside a row's
/// parameters, which accept no token: the code that runs work on a thread sets the token here, and <see cref="RegularFile"/>
/// checks it between two blocks, the picture decoder between two strips.
/// </summary>
internal static class ReadCancellation
{
    [ThreadStatic]
    private static CancellationToken current;

    /// <summary>The token; if none was set, one that is never cancelled.</summary>
    public static CancellationToken Current => current;

    /// <summary>Runs work with a token in effect.</summary>
    /// <param name="work">The work.</param>
    /// <param name="cancellation">Ends reads on this thread.</param>
    public static void Run(Action work, CancellationToken cancellation) => Run(
        () =>
        {
            work();
            return true;
        },
        cancellation);

    /// <summary>Runs work with a token in effect.</summary>
    /// <typeparam name="T">The result of the work.</typeparam>
    /// <param name="work">The work.</param>
    /// <param name="cancellation">Ends reads on this thread.</param>
    public static T Run<T>(Func<T> work, CancellationToken cancellation)
    {
        CancellationToken before = current;
        current = cancellation;
        try
        {
            return work();
        }
        finally
        {
            current = before;
        }
    }
}
