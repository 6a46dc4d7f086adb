namespace BrushEdit.Batching;

/// <summary>
/// Which seed a file of a batch gets. It hangs on nothing but the file's name, never on the order or on what was done before, so that
/// a batch that was stopped and resumed gives what an unbroken one gives.
/// </summary>
public static class BatchSeed
{
    /// <summary>The seed of a file.</summary>
    /// <param name="given">The seed that was asked for: every file gets it, so that a file edited alone with it comes out the same. Null derives one.</param>
    /// <param name="path">The file; its name without folders counts.</param>
    /// <returns>From 0 to 2^31 - 1 if it is derived.</returns>
    public static long Of(long? given, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return given ?? (long)(StableNumber.Of(Path.GetFileName(path)) & int.MaxValue);
    }
}
