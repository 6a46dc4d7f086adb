using System.Collections.Concurrent;
using TorchSharp;

namespace BrushEdit.Modeling;

/// <summary>
/// Scalars that are never freed, for the calls of libtorch that take one: each value is made once. For constants and sizes, of which there
/// are few; any other value is made with <c>using</c>.
/// </summary>
internal static class Scalars
{
    private static readonly ConcurrentDictionary<long, Scalar> Whole = new();
    private static readonly ConcurrentDictionary<double, Scalar> Real = new();

    /// <summary>1.</summary>
    public static Scalar One => Of(1);

    /// <summary>A whole number.</summary>
    public static Scalar Of(long value) => Whole.GetOrAdd(value, static v => v.ToScalar());

    /// <summary>A number.</summary>
    public static Scalar Of(double value) => Real.GetOrAdd(value, static v => v.ToScalar());
}
