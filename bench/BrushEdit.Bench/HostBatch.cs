using System.Diagnostics;
using BrushEdit.Imaging;
using BrushEdit.Synthesizing;

namespace BrushEdit.Bench;

/// <summary>A folder of drawn scenes, and a separate PowerShell process that edits it.</summary>
/// <param name="folder">The folder for all files.</param>
/// <param name="model">The bundle.</param>
/// <param name="steps">Sampling steps.</param>
/// <param name="device">Where the networks run.</param>
internal sealed class HostBatch(string folder, string model, int steps, string device)
{
    private const int Side = 64;

    private static readonly string Root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", ".."));

    // PowerShell's assembly is run directly, because 'dotnet pwsh' starts another process, which a kill would miss.
    private static readonly Lazy<string> PowerShell = new(() =>
    {
        ProcessStartInfo start = new("dotnet", ["pwsh", "-NoLogo", "-NoProfile", "-Command", "$PSHOME"]) { RedirectStandardOutput = true, WorkingDirectory = Root };
        using Process process = Process.Start(start)!;
        string home = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        string program = Path.Combine(home, "pwsh.dll");
        return process.ExitCode == 0 && File.Exists(program)
            ? program
            : throw new InvalidOperationException("PowerShell does not start: run 'dotnet tool restore', and build the whole solution.");
    });

    /// <summary>Sampling steps.</summary>
    public int Steps => steps;

    /// <summary>The folder of the inputs.</summary>
    public string Input { get; } = Directory.CreateDirectory(Path.Combine(folder, "in")).FullName;

    /// <summary>Draws the inputs.</summary>
    /// <param name="count">The number of scenes.</param>
    public void Draw(int count)
    {
        for (int i = 0; i < count; i++)
        {
            ToyScene scene = ToyScene.Draw((ulong)i, new ToySceneOptions { Width = Side, Height = Side });
            Picture.FromRgb(scene.Rgb, scene.Width, scene.Height).Save(Path.Combine(Input, $"scene-{i:0000}.png"));
        }
    }

    /// <summary>Starts or resumes the batch.</summary>
    /// <param name="place">The output folder's name.</param>
    public Process Start(string place)
    {
        // An addition needs no detector, which the bundle may lack.
        string command = $"Import-Module '{Path.Combine(Root, "BrushEdit.psd1")}'; Invoke-ImageEdit '{Input}/*' 'add a red ball on the left' -Directory '{Path.Combine(folder, place)}' -Resume"
            + $" -Model '{Path.GetFullPath(model)}' -Steps {steps} -Device {device} -WarningAction SilentlyContinue | ForEach-Object {{ }}";
        ProcessStartInfo start = new("dotnet", [PowerShell.Value, "-NoLogo", "-NoProfile", "-Command", command]) { RedirectStandardInput = true, RedirectStandardError = true };

        // Errors are counted by the cmdlet's name at the start of a line, which colour codes would displace.
        start.Environment["NO_COLOR"] = "1";
        start.Environment["OMP_NUM_THREADS"] = "1";
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Waits for the end of a batch.</summary>
    /// <param name="process">Its process.</param>
    /// <returns>Exit code, and what it wrote to standard error.</returns>
    public static (int Code, string Errors) End(Process process)
    {
        using (process)
        {
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, errors);
        }
    }

    /// <summary>Stops the process as Ctrl+C does.</summary>
    /// <param name="process">The process.</param>
    public static void Interrupt(Process process)
    {
        using Process kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill();
            throw new InvalidOperationException("A batch did not end after Ctrl+C.");
        }
    }

    /// <summary>The number of files that the journal records as done.</summary>
    /// <param name="place">The output folder's name.</param>
    public int Done(string place)
    {
        string journal = Path.Combine(folder, place, ".brushedit", "batch-1-of-1.jsonl");
        if (!File.Exists(journal))
        {
            return 0;
        }

        using StreamReader reader = new(new FileStream(journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split("\"event\":\"done\"").Length - 1;
    }

    /// <summary>The number of temporary files in an output folder.</summary>
    /// <param name="place">The output folder's name.</param>
    public int Unfinished(string place)
    {
        string path = Path.Combine(folder, place);
        return Directory.Exists(path) ? Directory.GetFiles(path, ".*.tmp").Length : 0;
    }

    /// <summary>Compares the pictures of two output folders, byte by byte.</summary>
    /// <param name="expected">The reference folder.</param>
    /// <param name="actual">The folder to check.</param>
    /// <param name="all">Whether all of them must exist.</param>
    /// <exception cref="InvalidOperationException">A picture differs or is missing.</exception>
    public void RequireSame(string expected, string actual, bool all)
    {
        foreach (string file in Directory.GetFiles(Path.Combine(folder, expected), "*.png"))
        {
            string other = Path.Combine(folder, actual, Path.GetFileName(file));
            bool there = File.Exists(other);
            if (there ? !File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(other)) : all)
            {
                throw new InvalidOperationException($"{Path.GetFileName(file)} {(there ? "differs from that of the uninterrupted batch" : "is missing")}.");
            }
        }
    }
}
