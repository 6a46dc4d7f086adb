using System.Diagnostics;

namespace BrushEdit.Bench;

/// <summary>Resident memory of this process in MiB.</summary>
internal static class ResidentMemory
{
    private const string Reset = "/proc/self/clear_refs";

    /// <summary>The memory resident now.</summary>
    public static double Now
    {
        get
        {
            using Process self = Process.GetCurrentProcess();
            return self.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>The peak since <see cref="Restart"/>, or since the process began if the system cannot reset it.</summary>
    public static double Peak
    {
        get
        {
            using Process self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64 / 1048576.0;
        }
    }

    /// <summary>Resets the peak (on Linux only; proc(5), clear_refs).</summary>
    public static void Restart()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        if (File.Exists(Reset))
        {
            File.WriteAllText(Reset, "5");
        }
    }
}
