namespace BrushEdit.Modeling;

/// <summary>Recognises libtorch's out-of-memory errors, which only their message text identifies.</summary>
internal static class DeviceMemory
{
    /// <summary>Whether a call failed because memory was exhausted, so that it may succeed in smaller parts.</summary>
    /// <param name="fault">What was thrown.</param>
    public static bool IsExhausted(Exception fault) =>
        fault is OutOfMemoryException || fault.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
        || fault.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase);
}
