namespace BrushEdit;

/// <summary>
/// The token beside which files are read on this thread. Weights are read deep inside a network's loading, pictures deep inside a row's
/// parameters, which take no token of their own: whoever runs work on a thread says here when to end it, and <see cref="RegularFile"/>
/// looks between two blocks, the decoder of pictures between two strips.
/// </summary>
internal static class ReadCancellation
{
    [ThreadStatic]
    private static CancellationToken current;

    /// <summary>The token; one that is never cancelled where none was given.</summary>
    public static CancellationToken Current => current;

    /// <summary>Runs work beside a token.</summary>
    /// <param name="work">The work.</param>
    /// <param name="cancellation">Ends reads on this thread.</param>
    public static void Run(Action work, CancellationToken cancellation) => Run(
        () =>
        {
            work();
            return true;
        },
        cancellation);

    /// <summary>Runs work beside a token.</summary>
    /// <typeparam name="T">What the work gives.</typeparam>
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
