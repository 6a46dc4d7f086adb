namespace BrushEdit.Modeling;

/// <summary>What libtorch tells of a device's memory: that it is exhausted, in words alone.</summary>
internal static class DeviceMemory
{
    /// <summary>Whether a call failed for want of memory, so that it may succeed in smaller parts.</summary>
    /// <param name="fault">What was thrown.</param>
    public static bool IsExhausted(Exception fault) =>
        fault is OutOfMemoryException || fault.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
        || fault.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase);
}
