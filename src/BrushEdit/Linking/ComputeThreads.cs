using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;

namespace BrushEdit.Linking;

/// <summary>
/// How many threads libtorch computes with, and how they wait for one another. By default it uses every logical processor and spins at each barrier;
/// next to another busy program the spinning threads consume the time that the thread they wait for needs, and an edit becomes many times slower.
/// This class therefore sets as many threads as this process may use physical cores, with passive waiting. The results are the same, bit for bit.
/// </summary>
/// <remarks>
/// <c>OMP_NUM_THREADS</c> and <c>OMP_WAIT_POLICY</c> (the OpenMP specification's variables) take precedence, even if they are set within this
/// session. On Unix a variable set through .NET does not reach native code; <c>setenv</c> does.
/// </remarks>
public static partial class ComputeThreads
{
    /// <summary>The variable that sets the number of threads.</summary>
    public const string CountVariable = "OMP_NUM_THREADS";

    /// <summary>The variable that sets how threads wait: <c>PASSIVE</c> or <c>ACTIVE</c>.</summary>
    public const string WaitVariable = "OMP_WAIT_POLICY";

    private static int applied;

    [ThreadStatic]
    private static int own;

    /// <summary>The number of threads: the value of <see cref="CountVariable"/>, otherwise the physical cores that this process may use.</summary>
    public static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable(CountVariable)?.Split(',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
            ? count
            : Math.Max(1, Math.Min(PhysicalCores.Count(), Environment.ProcessorCount));

    /// <summary>Sets the variables for libtorch, which reads them when it is loaded.</summary>
    internal static void Prepare()
    {
        applied = Count;
        SetNative(CountVariable, applied.ToString(CultureInfo.InvariantCulture));
        SetNative(WaitVariable, Environment.GetEnvironmentVariable(WaitVariable) is { Length: > 0 } wait ? wait : "PASSIVE");
    }

    /// <summary>
    /// Sets another number of threads than <see cref="Count"/> for the networks that the calling thread runs, for several computations side by side.
    /// Loads libtorch.
    /// </summary>
    /// <param name="count">The number, at least 1; null restores <see cref="Count"/>.</param>
    /// <exception cref="EditException">libtorch is missing or cannot be loaded.</exception>
    internal static void Use(int? count)
    {
        LibTorch.Require();
        own = count ?? 0;
        torch.set_num_threads(count ?? Count);
    }

    /// <summary>Passes the number to libtorch if it has changed. To be called on the computing thread.</summary>
    internal static void Apply()
    {
        if (own > 0)
        {
            return;
        }

        int count = Count;
        if (count != applied)
        {
            torch.set_num_threads(count);
            applied = count;
        }
    }

    private static void SetNative(string name, string value)
    {
        if (OperatingSystem.IsWindows())
        {
            // Here .NET and native code share one environment; child processes inherit it, as they inherit the user's own variables.
            Environment.SetEnvironmentVariable(name, value);
        }
        else
        {
            _ = SetEnvironment(name, value, 1);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
