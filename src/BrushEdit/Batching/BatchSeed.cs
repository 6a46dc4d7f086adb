namespace BrushEdit.Batching;

/// <summary>
/// The seed of a file in a batch. It depends only on the file's name, not on the order or on earlier work, so that a batch that was stopped and
/// resumed has the same results as an uninterrupted one.
/// </summary>
public static class BatchSeed
{
    /// <summary>The seed of a file.</summary>
    /// <param name="given">The requested seed: every file uses it, so that a file edited alone with it has the same result. Null derives one.</param>
    /// <param name="path">The file; its name without folders counts.</param>
    /// <returns>From 0 to 2^31 - 1 if it is derived.</returns>
    public static long Of(long? given, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return given ?? (long)(StableNumber.Of(Path.GetFileName(path)) & int.MaxValue);
    }
}
